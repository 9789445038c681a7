"""Plugins of OpenVoiceOS as engines."""
