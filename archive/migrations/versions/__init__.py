"""One file per schema version; names are listed in ``archive.database.VERSIONS``."""
