"""Who looks at the server through a browser: sign-in links and the sessions they open."""
