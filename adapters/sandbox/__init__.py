"""The neighbours of the sandbox: they bring about, for certain sample voters, what seldom happens.

Everything else is what a deployment has. Never where real voters are served.

`captcha`   security codes whose answer a contract test can write down beforehand
`clock`     A clock that can be moved on, whether it runs or stands still
`credentials`  A credential store that is down for some
`email`     mailboxes with a fate: what becomes of an e-mail, and of the link in it
`outbox`    which messages were tried to be sent, to whom, and where each stands
`register`  A register that is slow or down for some, and in which an identifier can be renewed
`setback`   what happens to a call before it is made, such as a wait or a failure
`sms`       phones with a fate: what becomes of an SMS hangs on the number
`store`     A store without a disk that is slow or down for some
"""
