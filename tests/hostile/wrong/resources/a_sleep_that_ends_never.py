# task: average
import time


def average(xs):
    while True:
        time.sleep(60)
