"""Steps of an ID link import, in this order: check_file, window, csv_reader, validate, diff, apply."""
