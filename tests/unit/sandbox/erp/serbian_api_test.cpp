#include "tests/unit/sandbox/erp/erp_fixture.h"

namespace sandbox::erp {
namespace {

using SerbianApiTest = ErpTest;

Json document(int type, const char* number) {
    return {{"vrsta", type},
            {"pj", 1},
            {"brojNarudzbine", number},
            {"datum", "21.11.2026"},
            {"kupac", {{"sifra", "K-0881"}}},
            {"stavke", Json::array({{{"rb", 1}, {"sifra", "A-100045"}, {"kolicina", "2,000"}, {"cena", "100,00"}}})}};
}

TEST_F(SerbianApiTest, OnlyTheApiKeySchemeIsLetIn) {
    for (const char* header : {"", "demo-key", "Bearer demo-key"}) {
        const Reply reply = serbian("GET", "/Shop2026/artikli", {}, header);
        EXPECT_EQ(reply.status, 401) << header;
        EXPECT_EQ(reply.json["sifraGreske"], "NEOVLASCEN_PRISTUP") << header;
    }
}

TEST_F(SerbianApiTest, OtherErrorsAreInsideHttp200) {
    const auto code = [](const Reply& reply) {
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.json["status"], 0);
        return reply.json["sifraGreske"].get<std::string>();
    };
    EXPECT_EQ(code(serbian("GET", "/Shop2026/artikli", {}, "ApiKey narrow-key")), "BAZA_ZABRANJENA");
    EXPECT_EQ(code(serbian("GET", "/Nema/artikli")), "NE_POSTOJI");
    EXPECT_EQ(code(serbian("GET", "/Shop2026/nema")), "NE_POSTOJI");
    EXPECT_EQ(code(serbian("POST", "/Shop2025/dokumenti", document(3, "A"))), "BAZA_ZATVORENA");
    ASSERT_EQ(serbian("POST", "/Shop2026/dokumenti", document(3, "A")).json["status"], 1);
    EXPECT_EQ(code(serbian("POST", "/Shop2026/dokumenti", document(3, "A"))), "DUPLI_BROJ_NARUDZBINE");
    EXPECT_EQ(code(serbian("POST", "/Shop2026/dokumenti", document(4, "B"))), "OSNOVNI_DOKUMENT_OBAVEZAN");
    EXPECT_EQ(code(serbian("POST", "/Shop2026/dokumenti/55121/storno")), "NE_POSTOJI");
}

TEST_F(SerbianApiTest, RangesCoverTheListOnceAndLongOnesAreCutSilently) {
    const Json first = serbian("GET", "/Shop2026/artikli?od=0&do=4").json["podaci"];
    const Json second = serbian("GET", "/Shop2026/artikli?od=4&do=8").json["podaci"];
    EXPECT_EQ(first["ukupno"], 6);
    EXPECT_EQ(first["stavke"].size(), 4U);
    EXPECT_EQ(second["stavke"].size(), 2U);
    EXPECT_EQ(second["stavke"][0]["sifra"], "U-DOSTAVA");
    EXPECT_EQ(serbian("GET", "/Shop2026/artikli?od=6&do=10").json["podaci"]["stavke"].size(), 0U);
    ASSERT_EQ(control("POST", "/__sandbox/seed", {{"generate", 700}}).status, 200);
    EXPECT_EQ(serbian("GET", "/Shop2026/artikli?od=0&do=1000").json["podaci"]["stavke"].size(), 500U);
    EXPECT_EQ(serbian("GET", "/Shop2026/artikli").json["podaci"]["stavke"].size(), 200U);
    EXPECT_EQ(serbian("GET", "/Shop2026/artikli?od=5&do=5").json["status"], 0);
    EXPECT_EQ(serbian("GET", "/Shop2026/artikli?od=x").json["status"], 0);
}

TEST_F(SerbianApiTest, EachTypeNumberHasItsEffect) {
    for (const int type : {1, 2, 3, 5}) {
        ASSERT_EQ(serbian("POST", "/Shop2026/dokumenti", document(type, "A")).json["status"], 1) << type;
    }
    EXPECT_EQ(stock().on_hand.text(0), "20");
    EXPECT_EQ(stock().reserved.text(0), "5");
    EXPECT_EQ(debt(), "152740.00");
}

TEST_F(SerbianApiTest, ReturnNamesItsBaseByNumberOfType) {
    const std::string base = serbian("POST", "/Shop2026/dokumenti", document(2, "A")).json["podaci"]["idDokumenta"];
    Json body = document(4, "A-R1");
    body["stavke"][0]["osnov"] = {{"vrsta", 2}, {"idDokumenta", base}};
    const Json made = serbian("POST", "/Shop2026/dokumenti", body).json;
    ASSERT_EQ(made["status"], 1) << made;
    EXPECT_EQ(stock().on_hand.text(0), "24");
    EXPECT_EQ(debt(), "152340.00");
    const Json whole = serbian("GET", "/Shop2026/dokumenti/" + made["podaci"]["idDokumenta"].get<std::string>()).json;
    EXPECT_EQ(whole["podaci"]["stavke"][0]["osnov"], (Json{{"vrsta", "2"}, {"idDokumenta", base}}));
    body["brojNarudzbine"] = "A-R2";
    EXPECT_EQ(serbian("POST", "/Shop2026/dokumenti", body).json["sifraGreske"], "POVRAT_VECI_OD_IZDATOG");
}

struct BadBody {
    const char* patch;
    const char* code;
    const char* field;
};

class BadSerbianDocumentTest : public ErpTest, public ::testing::WithParamInterface<BadBody> {};

TEST_P(BadSerbianDocumentTest, IsRefusedWithTheFieldThatIsWrong) {
    Json body = document(3, "A");
    body.merge_patch(Json::parse(GetParam().patch));
    const Reply reply = serbian("POST", "/Shop2026/dokumenti", body);
    EXPECT_EQ(reply.json["sifraGreske"], GetParam().code) << reply.text;
    EXPECT_EQ(reply.json["polje"], GetParam().field);
    EXPECT_TRUE(world.database("Shop2026")->documents().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadSerbianDocumentTest,
    ::testing::Values(
        BadBody{R"({"vrsta": 6})", "NEISPRAVAN_ZAHTEV", "vrsta"},
        BadBody{R"({"vrsta": "3"})", "NEISPRAVAN_ZAHTEV", "vrsta"}, BadBody{R"({"pj": 3})", "NEISPRAVAN_ZAHTEV", "pj"},
        BadBody{R"({"datum": "2026-11-21"})", "NEISPRAVAN_ZAHTEV", "datum"},
        BadBody{R"({"kupac": {"sifra": "", "pib": ""}})", "NEISPRAVAN_ZAHTEV", "kupac"},
        BadBody{R"({"kupac": {"sifra": "K-9"}})", "KUPAC_NE_POSTOJI", "kupac"},
        BadBody{R"({"kupac": {"pib": "100000008"}})", "KUPAC_NE_POSTOJI", "kupac"},
        BadBody{R"({"stavke": [{"sifra": "A-999", "kolicina": "1"}]})", "ARTIKAL_NE_POSTOJI", "stavke[0].sifra"},
        BadBody{R"({"stavke": [{"sifra": "A-100045", "kolicina": 1}]})", "NEISPRAVAN_ZAHTEV", "stavke[0].kolicina"},
        BadBody{R"({"stavke": [{"sifra": "A-100045", "kolicina": "1", "cena": "1299.00"}]})", "NEISPRAVAN_ZAHTEV",
                "stavke[0].cena"},
        BadBody{R"({"cenaSaPdv": "X"})", "NEISPRAVAN_ZAHTEV", "cenaSaPdv"}));

TEST_F(SerbianApiTest, PartnerIsNamedByCodeOrByPib) {
    Json body = document(3, "A");
    body["kupac"] = {{"pib", "123456788"}};
    EXPECT_EQ(serbian("POST", "/Shop2026/dokumenti", body).json["podaci"]["kupac"]["sifra"], "K-0881");
}

TEST_F(SerbianApiTest, BothShapesSeeOneLedger) {
    ASSERT_EQ(serbian("POST", "/Shop2026/dokumenti", document(3, "A")).json["status"], 1);
    EXPECT_EQ(english("GET", "/api/documents/reservation?database=Shop2026&externalNumber=A").json["data"].size(), 1U);
    EXPECT_EQ(serbian("GET", "/Shop2026/dokumenti?vrsta=3&brojNarudzbine=A").json["podaci"]["ukupno"], 1);
    EXPECT_EQ(serbian("GET", "/Shop2026/dokumenti?vrsta=1&brojNarudzbine=A").json["podaci"]["ukupno"], 0);
    EXPECT_EQ(serbian("GET", "/Shop2026/dokumenti?datumOd=21.11.2026&datumDo=21.11.2026&kupac=K-0881")
                  .json["podaci"]["ukupno"],
              1);
    EXPECT_EQ(serbian("GET", "/Shop2026/dokumenti?kupac=K-0882").json["podaci"]["ukupno"], 0);
}

TEST_F(SerbianApiTest, ChangeFilterAndViewWork) {
    EXPECT_EQ(serbian("GET", "/Shop2026/lager?izmenjenoOd=20.11.2026%2014:03:12").json["podaci"]["ukupno"], 0);
    EXPECT_EQ(serbian("GET", "/Shop2026/lager?pj=1&izmenjenoOd=20.11.2026%2014:03:11").json["podaci"]["ukupno"], 5);
    const Json row =
        serbian("GET", "/Shop2026/lager?pj=1&sifra=A-100045&prikaz=stanje&cena=nabavna").json["podaci"]["stavke"][0];
    EXPECT_EQ(row["kolicina"], "24,000");
    EXPECT_EQ(row["cena"], "700,00");
}

}  // namespace
}  // namespace sandbox::erp
