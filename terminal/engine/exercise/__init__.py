"""Exercise and abandonment of options: asked, judged, frozen, answered by the exchange."""
