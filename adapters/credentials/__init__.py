"""The portal's credential store: argon2id hashes in SQLite or in memory."""
