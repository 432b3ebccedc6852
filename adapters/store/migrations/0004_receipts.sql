-- What the reference of a receipt may mean as well, each as way:reference, with spaces between.
ALTER TABLE early_receipt ADD COLUMN otherwise TEXT;
