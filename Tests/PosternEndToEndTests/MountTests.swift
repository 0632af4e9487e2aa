import Foundation
import Testing

extension EndToEndTests {
    /// APIs that are turned off, or have a place of their own.
    @Suite struct Mounts {
        @Test(arguments: HTTPVersion.allCases)
        func `an API answers at its place alone, and one that is off nowhere`(
            _ version: HTTPVersion
        ) async throws {
            try await Dialects.serving([
                "dialects.sendHub.serve": "off", "dialects.osdi.prefix": "/osdi",
                "dialects.revicom.host": "texts.hospital.example",
                "dialects.personium.prefix": "/cells",
                "dialects.personium.host": "cells.hospital.example",
            ]) { _, gateway, _ in
                let client = try await gateway.connect(version)
                func ask(_ request: Request, at host: String? = nil, under prefix: String = "")
                    async throws -> Answer
                {
                    var request = request
                    if let host { request.host = host }
                    request.path = prefix + request.path
                    return try await client.ask(request)
                }
                let nothing = "There is nothing under this path."
                func isUnknown(_ answer: Answer) -> Bool {
                    answer.status == 404 && answer.text.contains(nothing)
                }
                // Off.
                #expect(isUnknown(try await ask(.sendHub("GET", "contacts/"))))
                // Below its prefix, where its links lead, too.
                let lists = Request.osdi("GET", "/api/v1/lists")
                let found = try await ask(lists, under: "/osdi")
                #expect(found.status == 200, "\(found.text)")
                #expect(
                    found.member("_embedded osdi:lists 0 _links self href")?
                        .hasPrefix("\(Request.origin)/osdi/api/v1/lists/") == true)
                #expect(isUnknown(try await ask(lists)))
                #expect(isUnknown(try await ask(lists, under: "/osdix")))
                let entry = Request("GET", "/api/v1/")
                #expect(try await ask(entry, under: "/osdi").status == 200)
                #expect(isUnknown(try await ask(entry)))
                // At its host, whatever the port and the case.
                let ping = Request("GET", "/api/v1/ping")
                for host in ["texts.hospital.example", "TEXTS.hospital.example:8443"] {
                    #expect(try await ask(ping, at: host).text == "PONG")
                }
                for host in [nil, "hospital.example", "texts.hospital.example.elsewhere.example"] {
                    #expect(isUnknown(try await ask(ping, at: host)))
                }
                // At its host and below its prefix.
                let sent = Request.personium("GET", "__ctl/SentMessage")
                let there = try await ask(sent, at: "cells.hospital.example", under: "/cells")
                #expect(there.status == 200, "\(there.text)")
                #expect(isUnknown(try await ask(sent, under: "/cells")))
                #expect(isUnknown(try await ask(sent, at: "cells.hospital.example")))
                let cell = "https://cells.hospital.example/cells/bob/"
                let message = try await ask(
                    .cellMessage("Hello", to: cell), at: "cells.hospital.example", under: "/cells")
                #expect(message.status == 201, "\(message.text)")
                // Secure Messaging, which has no place of its own, is where it was.
                let send = Request.send("00000000-0000-0000-0000-000000000001", "demo-ann")
                #expect(try await ask(send).status == 200)
                await client.close()
            }
        }
    }
}
