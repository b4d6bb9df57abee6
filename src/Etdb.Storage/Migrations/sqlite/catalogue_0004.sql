-- Whose a found text is, without reading the text: 2,000 of a kilobyte each would be read for one page.
create index dataset_text_owner on dataset_text (rowid, id);
-- Lists of a lab and of a species lie in the order of titles.
drop index dataset_by_publisher;
drop index dataset_by_species;
create index dataset_by_publisher on dataset (publisher, title collate nocase, id);
create index dataset_by_species on dataset (species, title collate nocase, id);
