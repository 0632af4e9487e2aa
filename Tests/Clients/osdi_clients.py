"""Messages, lists and people through OSDI clients that nobody here wrote.

`parsons` builds addresses by hand, as Action Network's users do; `osdi` does that too, and follows pages; `restnavigator`
knows the entry point alone and follows links. All three are as they come from PyPI.

Usage: osdi_clients.py ROOT   (POSTERN names the program; ROOT is a folder that may be written)
"""

import logging
import os
import sys
import warnings

from world import at, mailbox, person, require, serving, subjects, until

os.environ["TESTING"] = "1"  # Fewer words from parsons.
warnings.simplefilter("ignore", RuntimeWarning)  # Of what `pip install parsons` no longer brings.

from osdi.action_network.service import ActionNetworkService  # noqa: E402
from osdi.base.service import ActionError, ActionService  # noqa: E402
from parsons import ActionNetwork  # noqa: E402
from parsons.utilities.api_connector import APIConnector  # noqa: E402
from requests.exceptions import HTTPError  # noqa: E402
from restnavigator import Navigator  # noqa: E402
from restnavigator.exc import HALNavigatorError  # noqa: E402

for quiet in ("osdi", "parsons"):  # They log each error beside raising it, and names that are not Action Network's.
    logging.getLogger(quiet).setLevel(logging.CRITICAL)

ANN = person(
    "ann", addressBook=[
        {"name": "Bob Bell", "address": "bob@dialects.example"}, {"name": "Cy Carr", "address": "cy@dialects.example"}],
    lists=[{"name": "Nobody", "members": []}])


def parsons(base, key="key-of-ann"):
    client = ActionNetwork(key)
    client.api_url = f"{base}/api/v1"
    client.api = APIConnector(f"{base}/api/v1/", headers=client.headers)
    return client


def navigator(base, key="key-of-ann"):
    return Navigator.hal(f"{base}/api/v1/", default_curie="osdi", headers={"OSDI-API-Token": key})


def name(resource):
    """The last part of where a resource is."""
    return resource["_links"]["self"]["href"].rsplit("/", 1)[-1]


def refused(kind, words, action):
    """An action that must fail, in the words that the client shows its caller."""
    try:
        done = action()
    except kind as trouble:
        shown = str(trouble)
        require(all(word in shown for word in words), f"{words} are not all in {shown}")
        return trouble
    require(False, f"expected {words}, and it was done: {done}")


def targets(base):
    """Makes people and lists with `osdi`; returns the address of a list that Bob alone is on, and one that both are."""
    service = ActionService(f"{base}/api/v1", "key-of-ann")
    made = service._post_request("people", {
        "given_name": "Dora Maria", "family_name": "Dunn", "email_addresses": [{"address": "dora@elsewhere.example"}]})
    require(made["family_name"] == "Dunn", f"who was made: {made}")
    require(service.get_person({"email_address": "dora@elsewhere.example"}) is not None, "who was made is found")
    require(service.get_person({"email_address": "nobody@elsewhere.example"}) is None, "nobody is found")
    service._put_request(f"people/{name(made)}", {
        "given_name": "Dora", "family_name": "Dunn", "email_addresses": [{"address": "dora@elsewhere.example"}]})
    require(service._get_request(f"people/{name(made)}")["given_name"] == "Dora", "a change of name")
    service._delete_request(f"people/{name(made)}")
    refused(ActionError, ["404"], lambda: service._get_request(f"people/{name(made)}"))
    # Its class for Action Network wraps people, as parsons does.
    made = ActionNetworkService.create_person(service, "Dora", "Dunn", "dora@elsewhere.example")
    require(made["email_addresses"][0]["address"] == "dora@elsewhere.example", f"who was made: {made}")
    service._delete_request(f"people/{name(made)}")
    made = parsons(base).upsert_person(
        email_address="dora@elsewhere.example", given_name="Dora", family_name="Dunn", tags=["volunteer"])
    require(made["given_name"] == "Dora", f"who parsons made: {made}")
    refused(HTTPError, ["Code: 409"], lambda: parsons(base).upsert_person(email_address="dora@elsewhere.example"))
    service._delete_request(f"people/{name(made)}")

    people = {one["email_addresses"][0]["address"]: one for one in service.get_model_raw("people", "osdi:people")}
    lists = []
    for title, members in (("Bob alone", ["bob"]), ("Both", ["bob", "cy"])):
        made = service._post_request("lists", {"name": title})
        for member in members:
            link = people[f"{member}@dialects.example"]["_links"]["self"]["href"]
            service._post_request(f"lists/{name(made)}/items", {"_links": {"osdi:person": {"href": link}}})
        lists.append(made["_links"]["self"]["href"])
    refused(ActionError, ["409"], lambda: service._post_request("lists", {"name": "Both"}))
    require(service._get_request(lists[1], is_full=True)["total_items"] == 2, "how many are on a list")

    client = parsons(base)
    require(sorted(one["name"] for one in client.get_lists()) == ["Bob alone", "Both", "Nobody"], "lists by parsons")
    require(client.get_items(lists[1].rsplit("/", 1)[-1]).num_rows == 2, "items by parsons")
    require(client.get_people().num_rows == 2, "people by parsons")
    return lists


def by_parsons(base, gateway, bob, both, empty):
    client = parsons(base)
    drafts = [name(client.create_message({
        "subject": f"Draft {number}", "body": "All of it.", "targets": [{"href": both}],
        "identifiers": [f"script:{number}"]})) for number in range(60)]
    shown = client.get_messages()
    require(sorted(map(name, shown)) == sorted(drafts), f"{shown.num_rows} messages over three pages, of 60")
    require(client.get_messages(page=3)["total_pages"] == 3, "how many pages there are")

    one = drafts[0]
    client.update_message(one, {"subject": "By parsons", "targets": [{"href": bob}]})
    got = client.get_message(one)
    require((got["subject"], got["body"], got["status"], got["targets"])
            == ("By parsons", "All of it.", "draft", [{"href": bob}]), f"a changed draft: {got}")
    require("script:0" in got["identifiers"], f"the client's own identifier: {got['identifiers']}")
    require(client.send_message(one) == {"notice": "Your message has been sent."}, "what a send says")
    until(10, lambda: client.get_message(one)["statistics"]["delivered"] == 1, "the delivery")
    got = client.get_message(one)
    require((got["status"], got["total_targeted"]) == ("sent", 1), f"a sent message: {got}")
    refused(HTTPError, ["Code: 409"], lambda: client.update_message(one, {"subject": "Too late"}))

    # Scheduled by a date in the query, and gone at its time.
    soon = drafts[1]
    client.update_message(soon, {"subject": "Scheduled by parsons"})
    client.schedule_message(soon, at(3).strftime("%Y-%m-%dT%H:%M:%SZ"))
    require(client.get_message(soon)["status"] == "scheduled", "a scheduled message")
    refused(HTTPError, ["Code: 409"], lambda: client.update_message(soon, {"subject": "Too late"}))
    until(20, lambda: client.get_message(soon)["statistics"]["delivered"] == 2, "the scheduled delivery")

    # What is refused, and why.
    refused(HTTPError, ["Code: 401", "osdi:error"], lambda: parsons(base, "no key at all").get_messages())
    refused(HTTPError, ["Code: 401", "osdi:error"], lambda: parsons(base, "key-of-nobody").send_message(drafts[2]))
    refused(HTTPError, ["Code: 404", "osdi:error"], lambda: parsons(base, "key-of-bob").get_message(drafts[2]))
    refused(HTTPError, ["Code: 404"], lambda: parsons(base, "key-of-bob").send_message(drafts[2]))
    client.update_message(drafts[2], {"body": "The manticore is loose."})
    refused(HTTPError, ["Code: 403", "'error_code': '17'", "banned term"], lambda: client.send_message(drafts[2]))
    require(client.get_message(drafts[2])["status"] == "draft", "a refused message is a draft still")
    client.update_message(drafts[3], {"targets": [{"href": empty}]})
    refused(HTTPError, ["osdi:error"], lambda: client.send_message(drafts[3]))
    refused(HTTPError, ["Code: 400"], lambda: client.update_message(
        drafts[3], {"targets": [{"href": "https://elsewhere.example/api/v1/lists/1"}]}))
    refused(HTTPError, ["Code: 400"], lambda: client.schedule_message(drafts[4], "2020-01-01T00:00:00Z"))
    return drafts[5:]


def by_osdi(base, drafts):
    service = ActionService(f"{base}/api/v1", "key-of-ann")
    require(len(service.get_model_raw("messages", "osdi:messages")) == 60, "all pages, by their links")
    one, other, third = drafts[:3]
    service._put_request(f"messages/{one}", {"subject": "By osdi"})
    service._post_request(f"messages/{one}/send")
    later = {"scheduled_start_date": at(86_400).isoformat(), "scheduled_end_date": at(90_000).isoformat()}

    # Scheduled, taken off, changed, scheduled again and stopped for good.
    service._post_request(f"messages/{other}/schedule", later)
    service._delete_request(f"messages/{other}/schedule")
    require(service._get_request(f"messages/{other}")["status"] == "draft", "off the schedule is a draft")
    service._put_request(f"messages/{other}", {"subject": "Never"})
    service._post_request(f"messages/{other}/schedule", later)
    stopped = service._delete_request(f"messages/{other}/send")
    require(stopped == {"notice": "Your message has been stopped."}, f"what a stop says: {stopped}")
    require(service._get_request(f"messages/{other}")["status"] == "stopped", "a stopped message")
    refused(ActionError, ["409"], lambda: service._post_request(f"messages/{other}/send"))
    until(10, lambda: service._get_request(f"messages/{one}")["statistics"]["delivered"] == 2, "the delivery")
    refused(ActionError, ["409"], lambda: service._delete_request(f"messages/{one}/send"))
    refused(ActionError, ["404"], lambda: service._delete_request(f"messages/{third}/send"))
    require("notice" in service._delete_request(f"messages/{third}"), "what deleting says")
    refused(ActionError, ["404"], lambda: service._get_request(f"messages/{third}"))
    refused(ActionError, ["401"], lambda: ActionService(f"{base}/api/v1", "key-of-nobody")._get_request("messages"))
    return drafts[3:]


def by_links(base, count):
    """From the entry point to a sent message, by links alone."""
    entry = navigator(base)
    require(entry()["vendor_name"] == "Postern", f"the entry point: {entry()}")
    made = entry["messages"].create({"subject": "By links", "body": "<p>All of it.</p>"})
    both = next(one for one in entry["lists"].embedded()["lists"] if one.state["name"] == "Both")
    made = next(one for one in entry["messages"].embedded()["messages"] if one.state["subject"] == "By links")
    made.upsert({"targets": [{"href": both.uri}]}, headers={})

    # A new navigator each time: one remembers what it saw.
    seen, page, found = 0, navigator(base)["messages"], None
    while True:
        seen += len(page.embedded()["messages"])
        found = next((one for one in page.embedded()["messages"] if one.state["subject"] == "By links"), found)
        if "next" not in page.links():
            break
        page = page["next"]
    require(seen == count + 1, f"{seen} messages along the links, of {count + 1}")
    require(found.state["targets"] == [{"href": both.uri}], "its targets")
    require(len(both["items"].embedded()["items"]) == 2, "who is on the list, by links")

    helper = found["schedule_helper"]
    require(helper.create({"scheduled_start_date": at(86_400).isoformat()}).state
            == {"notice": "Your message has been scheduled."}, "what scheduling says")
    require(helper.delete().state == {"notice": "Your message scheduling has been canceled."}, "what unscheduling says")
    sent = found["send_helper"].create({})
    require(sent.state == {"notice": "Your message has been sent."}, f"what sending says: {sent.state}")
    again = found["send_helper"].create()
    require(again.state == sent.state, f"a send that is repeated says {again.state}")
    late = refused(HALNavigatorError, ["message.out"], found["send_helper"].delete)
    require(late.status == 409, f"a stop that is too late is {late.status}")
    for key, status in (("key-of-nobody", 401), ("key-of-bob", 404)):
        other = Navigator.hal(found.uri, headers={"OSDI-API-Token": key})
        trouble = refused(HALNavigatorError, ["osdi:error"], other)
        require(trouble.status == status, f"{key} is answered {trouble.status}")


def main(root):
    with serving(root, [ANN, person("bob"), person("cy")]) as (gateway, base):
        bob, both = targets(base)
        empty = next(one for one in parsons(base).get_lists() if one["name"] == "Nobody")["_links"]["self"]["href"]
        drafts = by_parsons(base, gateway, bob, both, empty)
        print("  parsons: lists, pages, drafts, sends, a schedule and what is refused: as documented")
        by_osdi(base, drafts)
        print("  osdi: people, lists, pages, sends, schedules and stops: as documented")
        by_links(base, 59)
        print("  restnavigator: from the entry point to the message, its helpers and back, by links: as documented")
        gateway.wait_delivered()
        common = ["By links", "By osdi", "Scheduled by parsons"]
        for who, expected in (("bob", [*common, "By parsons"]), ("cy", common)):
            got = subjects(base, who)
            require(got == sorted(expected), f"{who} has {got}, and should have {sorted(expected)}")
            shown = gateway.run("account", "mailbox", f"{who}@dialects.example", *gateway.flags).stdout
            listed = sorted(line.split()[0] for line in shown.splitlines())
            require(listed == sorted(mailbox(base, who)), f"what the program lists of {who}'s mailbox: {shown}")
        print("  what was sent is in each mailbox once, and nothing else")


if __name__ == "__main__":
    main(sys.argv[1])
