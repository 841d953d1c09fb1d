"""The registration system itself, as a model one can run, stress and doubt.

A person walks in with a document and a face and leaves with a number, or does not.

========================  =====================================================================
``world.parameters``      every parameter: value, label, range, unit, source
``world.draws``           random draws that are the same on every platform
``world.scores``          matching scores, calibrated to published operating points
``world.people``          customers: groups, documents, photo age, personal difficulty
``world.visits``          who comes to the counter with whose document and whose face
``world.eras``            the four procedures, each a table of states and transitions
``world.counter``         the counter: runs visits through an era and writes the event log
``world.eventlog``        the log of a run, as tables
``world.registers``       numbers: registered person and user apart; notices; old stock
``world.fraud``           routes to a number in another name, their price, where demand goes
``world.queues``          minutes and waiting
``world.portraits``       faces that are no one, drawn from parameters
``world.drawing``         the drawing board under them
``world.matching``        a matcher fitted on such portraits
``world.liveness``        challenges, frames, attacks, and the check that reads them
``world.accounts``        after the counter: services that know people by their number
``world.stores``          who keeps the faces, how long, and for how many person-days
``world.breach``          a breach, and what it feeds back to the counter
``world.facemarket``      what a face costs, which is not what it is worth
``world.linkage``         accounts joined by number, with and without the register
``world.rosters``         lists of invented people without names, and how to blur them
``world.exposure``        parameters of all that
========================  =====================================================================

One convention holds everywhere: **match when score >= threshold**.

Everything random takes a ``numpy.random.Generator``. Results are about the model. Where a parameter
is an assumption, so is everything computed from it.
"""
