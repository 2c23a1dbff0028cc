"""What stands above everything else: alerts, levels, the kill switch."""
