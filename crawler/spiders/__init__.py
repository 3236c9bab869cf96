"""One file per site: ``<site>.py`` holds ``<Site>Spider``. A site of a CMS family needs none, only its seed file."""
