"""SMS, out: one segment with the password, by a provider or into the demo's inbox. A provider is a
file; what reads its receipts is another.

`gsm0338`          the alphabet of an SMS, and how much of it fits in one
`inbox`            SMS kept in the inbox of the demo, written exactly as the phone would show it
`kannel`           SMS through Kannel's `sendsms` interface
`kannel_receipts`  receipts of Kannel's: it fetches the `dlr-url` that came with the SMS
`lint`             A linter for SMS templates: what one voter's phone cannot show, none is sent
`operators`        mobile networks as receipts name them
`ovh`              SMS through OVHcloud's API: `POST /sms/{serviceName}/jobs`, signed
`ovh_receipts`     receipts of OVHcloud's: it fetches the account's `callBack` URL, by GET
`receipt_tags`     what stands in for a signature where a gateway cannot sign
`senders`          the name under which an SMS arrives
`smpp`             SMS over SMPP 3.4, by a codec of our own
`text`             writes the SMS with the password, in one segment whatever it holds
`vonage`           SMS through Vonage's Messages API
`vonage_errors`    what Vonage's error codes mean
`vonage_receipts`  receipts of Vonage's: status webhooks of the Messages API
"""
