"""Uncertainties, actions, applications, groups and actors: the other instruments of the source documents."""
