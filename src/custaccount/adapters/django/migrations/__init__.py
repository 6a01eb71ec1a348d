"""Django's migrations, made under the oldest Django there is support for."""
