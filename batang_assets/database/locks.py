"""The numbers of the advisory locks, in one place so that no two meet by chance."""

MIGRATE = 33_25_01  # one process migrates at a time
BUILD = 33_25_02  # one dbt build at a time
RUN = 33_25_03  # one run of the command line at a time
DROPS = 33_25_04  # one intake of file drops at a time
ALERTS = 33_25_05  # one round of alerts at a time
LEDGER = 33_25_06  # one appender: the chain has one end
ENQUEUE = 33_25_07  # one difference is taken at a time
DELIVERY = 33_25_08  # with the delivery's id: who sends this one
INDEX = 33_25_09  # one writer of the reports' index
REFERENCE = 33_25_10  # one load of a code list at a time
LINK = 33_25_11  # one linkage of people at a time
CONFORM = 33_25_12  # one round of conforming at a time
IPK = 33_25_13  # one publication of IPK III at a time
