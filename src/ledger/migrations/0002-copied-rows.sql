-- From here on a row of the kind 'copied' stands for what was read from the card and read back from the drives, where
-- they say the same of a file: one record for the card and one for each drive, with the numbers up to seq. Its place,
-- medium and proof are empty; its details are {"places": […], "media": […], "proofs": […]}, one of each for a drive.
-- Nothing that is there changes. The number of this step keeps older versions away, which could not read such a row.
SELECT 'nothing to change';
