"""``navac new``: a commented configuration from a crystal file, with what was guessed marked."""
