"""SMS, out: one GSM segment with the password, by Kannel, by OVHcloud or into the demo's inbox."""
