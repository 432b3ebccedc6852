"""What the product does: one file a verb, in the order of the guide's screens.

1. `issue_security_code`   the four digits of screens 2 and 5
2. `request_renewal`       screen 2 -> 3
3. `send_link`             (worker) decides, and queues the e-mail of screen 4
4. `deliver_email`         (worker) hands an e-mail to the relay
5. `inspect_link`          screen 5 opens: is the link still good?
6. `confirm_renewal`       screen 5 -> 6
7. `issue_password`        (worker) the password comes into force and goes out by SMS
8. `contact_assistance`    the help icon
9. `purge_expired`         (worker) tidies up
"""
