"""From letters to mails in the recipient's language; knows no feature."""
