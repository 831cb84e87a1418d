"""Pages that belong to no single word: the front page, the list of towns, the demo's mailbox."""
