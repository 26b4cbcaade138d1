"""How the application is put together: settings, addresses, the server's door."""
