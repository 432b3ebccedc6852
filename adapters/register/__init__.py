"""The consular register: an SQLite file made by the import, a REST service, or memory."""
