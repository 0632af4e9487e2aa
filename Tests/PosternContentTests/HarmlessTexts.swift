/// Texts that come close to the words of ``HarmlessTexts/banned`` and mean nothing of the kind.
enum HarmlessTexts {
    static let banned = """
        ass anal arse ban banned bomb can cock cop coke con crap cum die dick drug fag hash hell ho homo hore jap kill
        meth nude oxy pen penis pot rape rat sex shit sin slut snatch spic spunk tit twat wank weed whore ano pate
        schon resume rose far maté c++ bot mop het cialis viagra anthrax tam mama
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    /// Phrases banned as well.
    static let phrases = ["secret plan", "no way", "hot pot"]

    static let texts = """
        Scunthorpe
        Penistone
        Clitheroe
        Lightwater
        Essex
        Sussex
        Middlesex
        Wessex
        sextant
        sextet
        sexton
        asexual
        unisex
        assassin
        assess
        assignment
        assistance
        associate
        assume
        bass
        brass
        class
        classic
        compass
        embarrass
        glass
        grass
        harass
        mass
        pass
        passage
        passion
        embassy
        cassette
        analysis
        analyst
        canal
        banal
        analogue
        arsenal
        arsenic
        parsed
        coarse
        sparse
        hoarse
        band
        bank
        banner
        banners
        urban
        turban
        bandage
        husband
        abandoned
        unbanned
        bannedness
        bombard
        bombastic
        Bombay
        candle
        cancel
        candid
        can't
        can’t
        American
        scan
        canteen
        cocktail
        peacock
        Hancock
        Babcock
        cockpit
        shuttlecock
        copy
        scope
        copper
        Copenhagen
        Coca-Colas
        cokernel
        concert
        economy
        second
        scrap
        scrape
        crappie
        cumin
        cucumber
        document
        circumstance
        accumulate
        incumbent
        diet
        soldier
        audience
        died
        Dickens
        dickey
        Dickinson
        drugstore
        drugget
        fagot
        Fagin
        hashtag
        hashing
        rehash
        he'll
        shell
        hello
        Michelle
        shellfish
        Rachelle
        hotel
        household
        whole
        homonym
        homogeneous
        shore
        chorea
        Japan
        jape
        skill
        killer
        painkiller
        Kilkenny
        method
        something
        methane
        nudes
        denuded
        oxygen
        boxy
        proxy
        pencil
        open
        happen
        penisular
        spot
        potato
        potential
        Potsdam
        despot
        rapeseed
        grape
        drape
        therapeutic
        scrapes
        trapeze
        rate
        rather
        literature
        democrat
        accurate
        shitake
        Hoshito
        mishits
        single
        business
        cousin
        sinister
        slutty
        snatched
        spice
        suspicion
        conspicuous
        despicable
        auspicious
        spunky
        title
        appetite
        institution
        titan
        constitution
        titmouse
        twattle
        saltwater
        wanker
        swank
        seaweed
        tweed
        weeds
        whorehound
        whorl
        año
        años
        el año pasado
        pâté
        schön
        wie schön
        résumé
        rosé
        får
        mate
        yerba mate
        c+-
        objective-c
        secret planet
        secret²plan
        no①way
        secret plan2
        CO₂ and H₂O
        Acme™ 2½
        secretplan
        topsecret plan
        secret plans
        secret, plan
        plan secret
        no wayside
        casino ways
        hot potato
        вот так
        вот и всё
        Вот это да
        сор из избы
        он нет
        мор и глад
        Нет, там мама
        там мама мыла раму
        А вот там кот
        Я там был
        тот самый кот
        Привет, как дела?
        там, где нас нет
        ροή δεδομένων
        καλημέρα κόσμε
        🇧🇴
        🇳🇴
        🇪🇸 and 🇫🇷
        pen_is_mightier
        my_ass_et
        ban_ner
        tit1
        4sex
        sex2go
        mp3rat
        Tシャツ
        naïve
        Ångström
        μm and kΩ
        cialist
        socialist
        specialist
        Viagras
        anthraxolite
        b.a.n.k
        d'Assisi
        bannėd
        """.split(separator: "\n").map(String.init)
}
