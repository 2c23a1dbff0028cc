"""Parts every panel is made of; they know no panel."""
