"""SMS, out: one segment with the password, by a provider or into the demo's inbox. A provider is a
file; what reads its receipts is another."""
