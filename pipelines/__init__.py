"""From what a spider read to what the archive holds: one stage per file, one verb per class.

normalize 100 → validate 200 → fingerprint 300 → revision 400 → takeover 450 → near_duplicate 500 → documents 600 →
store 900. Numbers leave gaps for later stages. Every stage passes on the items that are not its business (list pages,
failures, unchanged pages). ``rereading`` takes stored pages through the first three.
"""
