"""How what the engine speaks of is called in sentences for people: titles, states, marks, wishes."""
