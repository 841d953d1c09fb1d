"""A student's own data for each problem set, drawn from assignment, term and student id."""
