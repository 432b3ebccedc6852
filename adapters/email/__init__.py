"""E-mail, out: written once, handed to an SMTP relay or kept in the inbox of the demo."""
