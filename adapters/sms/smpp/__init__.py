"""SMS over SMPP 3.4 ("Short Message Peer to Peer Protocol Specification v3.4", issue 1.2).

From the wire up: `pdu` (the octets), `session` (one connection), `link` (one connection after
another, always bound), `sms` (the port). `status`, `receipt` and `names` translate what the SMSC
says.

The codec is our own: of three libraries that were tried, one answers a receipt before it is
stored, one cannot ask for it again when it was not, and two do not connect again. The figures are
in `docs/adr/0015-own-smpp.md`; `docs/how-to/connect-smpp.md` says how to connect an SMSC.

`alphabet`  the text in octets of the SMSC's default alphabet, which is what `data_coding` 0 means
`settings`  one account with one SMSC.
"""
