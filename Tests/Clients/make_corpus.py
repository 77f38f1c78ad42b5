"""Writes corpus.jsonl: 64 small documents about invented ferries. Seeded, so that the output is always the same.

    python3 make_corpus.py > corpus.jsonl
"""

import json
import random

NAMES = """Aurelia Bramble Calliope Dorothea Esperance Fulmar Guillemot Halcyon Isolde Juniper Kestrel Larkspur Meridian Nettle
Osprey Primrose Quillon Rosamund Saffron Tamarisk Ursula Valerian Wisteria Xanthe Yarrow Zephyrine Alder Blackthorn Cormorant
Dunlin Elderflower Foxglove Gannet Hawthorn Ironwood Jessamine Kittiwake Lavender Mallow Nightjar Oxlip Petrel Quickbeam Rowan
Sandpiper Thistle Umber Verbena Whimbrel Yellowhammer Avocet Bittern Curlew Dotterel Eider Finch Goldcrest Heron Ibis Jackdaw
Kingfisher Lapwing Merlin Nuthatch""".split()

PORTS = """Ardwick Bellhaven Corrin Duncarrow Eastmole Farlight Grennock Hollin Inverlay Jarrowby Kelder Lunnay Marwick Norsay
Oldquay Pennan""".split()

# Facts that only one of them has, so that a question about one has a single right answer.
ODDITIES = {
    3: "Her saloon has a grand piano that is tuned on the first Monday of each month.",
    9: "She carries a beehive on the upper deck, and the honey is sold in the cafeteria.",
    14: "Her funnel was painted by schoolchildren and shows a whale with spectacles.",
    21: "A brass band from the village plays on board every Sunday afternoon.",
    27: "She was once a lightship, and the old lantern is still over the bridge.",
    33: "In winter the car deck is flooded and frozen, and children skate on it.",
    40: "Her engines run on oil from the chip shops of two towns.",
    46: "There is a small library on board with novels in eleven languages.",
    52: "The ship's cat, Admiral, has a berth and a ration of herring.",
    58: "Passengers vote each morning on which hymn the whistle plays.",
    61: "She is steered from the stern, because her builder misread the drawing.",
    63: "Couples are married on board by the captain at half past three on Saturdays.",
}

# Identifiers that must be percent-encoded in a URI.
IDS = {9: "ferry/honey deck", 27: "fähre-λ", 40: "100%+chips?#1", 52: "the cat's \"berth\" & more"}


def document(number, rng):
    name, (home, away) = NAMES[number - 1], rng.sample(PORTS, 2)
    year, cars, passengers = rng.randint(1936, 2019), rng.randrange(8, 180), rng.randrange(60, 1200)
    minutes, crew = rng.randrange(15, 240, 5), rng.randint(4, 38)
    text = f"The ferry {name} sails between {home} and {away}."
    if number in ODDITIES:
        text += "\n\n" + ODDITIES[number]
    else:
        text += f" She was built in {year} and takes {cars} cars and {passengers} passengers;"
        text += f" the crossing lasts {minutes} minutes and she has a crew of {crew}."
    row = {"id": IDS.get(number, f"ferry-{number:03}"), "title": f"The ferry {name}", "text": text}
    # A result without an address of its own must still contain one.
    if number % 8 != 0:
        row["url"] = f"https://ferries.example/{name.lower()}"
    row["metadata"] = {"line": rng.choice(["east", "west"]), "year": year, "cars": cars, "listed": year < 1960}
    return row


def main():
    rng = random.Random(20260728)
    for number in range(1, len(NAMES) + 1):
        print(json.dumps(document(number, rng), ensure_ascii=False))


if __name__ == "__main__":
    main()
