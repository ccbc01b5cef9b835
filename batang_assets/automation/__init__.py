"""When things run: schedules by the calendar, sensors by what happens."""
