"""The library of the course Real Name, Real Face.

`data` loads tables with their provenance; `reports` reads the five reports as evidence; `law` holds
instruments in time, fact patterns and four regimes; `world` runs the registration system as a
working model; `measure` measures errors and anonymity; `notebook` shows figures with alt text,
predictions and terms; `identity` turns a student id into that student's own data.
"""
