import PosternModel
import Testing

@Suite struct CatalogueTests {
    @Test func `the codes are checked in the documented order`() {
        let order = [
            811, 929, 915, 908, 77, 909, 922, 930, 75, 76, 51, 74, 8871, 49, 30, 44, 45, 17, 28, 38,
        ]
        #expect(RefusalCode.allCases.map(\.rawValue) == order)
        #expect(RefusalCode.allCases == RefusalCode.allCases.sorted())
    }

    @Test(arguments: FaultCode.allCases)
    func `every fault says a whole sentence to the client and names nothing internal`(
        code: FaultCode
    ) {
        let entry = code.entry
        #expect(entry.clientSentence.hasSuffix("."))
        for word in ["SQLite", "SMTP", "argon2", "thread", "/"] {
            #expect(!entry.clientSentence.contains(word))
        }
        #expect(!entry.operatorHint.isEmpty)
        #expect(code.rawValue.wholeMatch(of: /[a-z]+\.[a-z-]+/) != nil)
    }

    @Test func `faults are equal when their codes are`() {
        #expect(Fault(.overloaded, note: "a") == Fault(.overloaded, note: "b"))
        #expect(Fault(.overloaded) != Fault(.shuttingDown))
    }
}
