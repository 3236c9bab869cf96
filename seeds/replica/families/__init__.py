"""One small site of each CMS family, in invented towns, with that family's lists, paging, interfaces and articles.

``world`` knows the articles and the truth about them, ``skins`` prints article pages, ``lists`` prints list pages,
``interfaces`` answers what scripts ask for, ``pages`` finds the page for an address. Serve it with
``ReplicaServer(source=FamilyPages())``; ``sites/`` holds the ten-line site files.
"""
