import PosternModel
import Testing

@Suite struct CellURLTests {
    @Test(arguments: [
        "https://unit.example/", "https://unit.example:8443/", "https://127.0.0.1:1/",
        "https://[2001:db8::1]/", "https://[::1]:8443/a/b-c_d/", "https://localhost/Unit1/",
    ])
    func `a unit has one spelling`(_ text: String) throws {
        let unit = try #require(UnitURL(text))
        #expect(unit.description == text)
        let cell = try #require(CellURL(text + "Ann-1_x"))
        #expect(cell == CellURL(text + "Ann-1_x/"))
        #expect(cell.unit == unit && cell.name == "Ann-1_x")
        #expect(cell.description == text + "Ann-1_x/")
        #expect(Address(cell.description) == .cell(cell))
        #expect(Address.cell(cell).outsider == .cell(cell) && !Address.cell(cell).isPhone)
    }

    @Test(arguments: [
        "", "https://unit.example", "http://unit.example/", "http://localhost/",
        "HTTPS://unit.example/", "https://Unit.example/", "https://unit.example:443/",
        "https://unit.example:08443/", "https://unit.example:/", "https://ann@unit.example/",
        "https://ann:x@unit.example/", "https://unit.example@evil.example/",
        "https://unit.example/?a/", "https://unit.example/#/", "https://unit.example//",
        "https://unit.example/a//", "https://unit.example/../", "https://unit.example/./",
        "https://unit.example/%2e%2e/", "https://unit.example/a%2fb/", "https://unit.example/a;b/",
        "https://unit.example/-a/", "https://unit.example/a\\/", "https://ünit.example/",
        "https://unit.example./", " https://unit.example/", "https://unit.example/ ",
        "https://unit.example/a\n/", "https:///", "https://", "//unit.example/", "ftp://a/",
        "https://" + String(repeating: "a.", count: 120) + "a/"
            + String(repeating: "a/", count: 160),
    ])
    func `another spelling is no unit, and no cell is on it`(_ text: String) {
        #expect(UnitURL(text) == nil)
        #expect(CellURL(text + "ann/") == nil)
    }

    @Test(arguments: [
        "https://unit.example/", "https://unit.example", "https://unit.example/_a/",
        "https://unit.example/a.b/", "https://unit.example/ann//", "https://unit.example/ann/?x",
        "https://unit.example/ann#", "https://unit.example/ann%20/", "https://unit.example/änn/",
        "https://unit.example/" + String(repeating: "a", count: 129) + "/", "ann", "",
    ])
    func `what is on a unit and no cell is refused`(_ text: String) {
        #expect(CellURL(text) == nil)
        if case .cell? = Address(text) { Issue.record("it is an address") }
    }

    @Test func `a cell's name may be as long as a handle, and case counts`() throws {
        let name = String(repeating: "a", count: 128)
        let unit = try #require(UnitURL("https://unit.example/"))
        #expect(CellURL("\(unit)\(name)/")?.name == name)
        #expect(CellURL("\(unit)Ann/") != CellURL("\(unit)ann/"))
        let handle = try #require(Handle("Ann"))
        #expect(CellURL(handle, on: unit) == CellURL("\(unit)ann"))
    }

    @Test func `no unit is listed where none is named`() throws {
        #expect(!NoForeignUnits().contains(try #require(UnitURL("https://unit.example/"))))
    }
}
