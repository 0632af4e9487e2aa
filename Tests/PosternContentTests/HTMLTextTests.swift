import PosternContent
import Testing

@Suite struct HTMLTextTests {
    @Test(arguments: [
        ("", ""), ("  \n ", ""), ("plain &amp; simple", "plain & simple"),
        ("<p>See you</p><p>at   <b>ni</b>ne.</p>", "See you\n\nat nine."),
        ("One<br>two<br/>three", "One\ntwo\nthree"),
        ("<style>b{}</style><script>x()</script>Hi<!-- no -->", "Hi"),
        ("Shown<span style=\"display:none\"> hidden</span>", "Shown"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("a\n\n\n\nb", "a\n\nb"), ("5 < 6 &lt; 7", "5 < 6 < 7"), ("cut <b off", "cut"),
        ("<title>Hi</title>One<textarea>two &amp; <b></textarea>", "One\ntwo & <b>"),
        ("<div hidden>no</div>a<p hidden>no</p>b", "ab"), ("x<dialog>no</dialog>y", "xy"),
        ("<svg><style/><text>a<![CDATA[<b>]]></text></svg>", "a<b>"),
        ("<plaintext>a<b>", "a<b>"), ("Gr&uuml;ezi &#x1F642;", "Grüezi 🙂"),
    ])
    func `HTML becomes what its reader sees`(_ html: String, _ text: String) {
        #expect(HTMLText.visible(in: html) == text)
    }
}
