# As upgrade: for the page on upgrades.
