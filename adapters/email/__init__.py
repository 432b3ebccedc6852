"""E-mail, out: written once, handed to an SMTP relay or kept in the inbox of the demo.

`bounce_reasons`    why an e-mail came back: the code from wherever it stands, and what it means
`bounce_sources`    where bounces come in: piped by the MTA, one mail a run
`bounce_words`      what reports say in words: which code they mean
`bounces`           reads mail servers' reports as they come
`compiled`          the templates of e-mails, read and compiled once
`country_names`     how countries are called in e-mails
`envelope`          whom an e-mail is from and for in SMTP, and how the relay is to report on it
`frames`            what is the same in every e-mail of a shape, rendered once
`inbox`             E-mail kept in the inbox of the demo, written exactly as the relay would get it
`links_shown`       what may be a link's token in a mail that came back, as its SHA-256
`mail_systems`      whether a mail is a mail server's report
`mailbox`           an address as SMTP commands and message headers may carry it
`message_ids`       how an e-mail is named to the mail servers, and what a name that came back is of
`mime`              MIME by hand: a finished message in microseconds
`renderer`          from a message of the domain to the bytes that a relay takes
`report_mail`       a mail that came to the bounce address, taken apart as far as a report goes
`smtp`              E-mail through an SMTP relay, over connections that are kept open
`smtp_answers`      what a relay's failure means for the message, told without naming the voter
`smtp_connections`  a few connections to one relay, each used by one message at a time
`smtp_conversation` what is said to a relay for one e-mail, in as few turns as it allows
`wording`           what the templates of each e-mail are given
"""
