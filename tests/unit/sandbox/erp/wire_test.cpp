// WIRE.md is the agreement with whoever writes dialect files: each of its examples is asked here and compared with what
// it promises.
#include "tests/unit/sandbox/erp/erp_fixture.h"

#include <fstream>
#include <functional>
#include <set>
#include <sstream>

namespace sandbox::erp {
namespace {

struct Section {
    std::string name;
    std::string method;
    std::string target;
    std::vector<Json> blocks;
    bool cut = false;  // its lists show only the first rows
};

// The sections of one shape: "### name: `METHOD target`" and the json blocks below it.
std::vector<Section> read_sections(const std::string& shape) {
    std::ifstream file{"tests/sandbox/erp/WIRE.md"};
    std::vector<Section> sections;
    std::string line;
    std::string block;
    bool inside_shape = false;
    bool inside_block = false;
    while (std::getline(file, line)) {
        if (line.starts_with("## ")) inside_shape = line == "## " + shape;
        if (!inside_shape) continue;
        if (line.starts_with("### ")) {
            Section section{.name = line.substr(4, line.find(':') - 4), .method = {}, .target = {}, .blocks = {}};
            if (const auto tick = line.find('`'); tick != std::string::npos) {
                std::istringstream call{line.substr(tick + 1, line.find('`', tick + 1) - tick - 1)};
                call >> section.method >> section.target;
            }
            sections.push_back(section);
        } else if (line == "```json") {
            inside_block = true;
            block.clear();
        } else if (inside_block && line == "```") {
            inside_block = false;
            sections.back().blocks.push_back(Json::parse(block, nullptr, false));
        } else if (inside_block) {
            block += line + "\n";
        } else if (line.starts_with("(Cut")) {
            sections.back().cut = true;
        }
    }
    return sections;
}

// Members whose value cannot be known: only the type must agree.
bool is_volatile(const std::string& path) {
    for (const char* name : {".asOf", ".naDan", ".base64", ".sadrzaj"}) {
        if (path.ends_with(name)) return true;
    }
    return false;
}

void compare(const Json& promised, const Json& real, const std::string& path, bool cut) {
    if (is_volatile(path)) {
        EXPECT_EQ(promised.type(), real.type()) << path;
    } else if (promised.is_object() && real.is_object()) {
        std::set<std::string> names;
        for (const Json* side : {&promised, &real}) {
            for (const auto& [name, value] : side->items()) names.insert(name);
        }
        for (const std::string& name : names) {
            EXPECT_TRUE(promised.contains(name)) << path << "." << name << " is not in WIRE.md";
            EXPECT_TRUE(real.contains(name)) << path << "." << name << " is not answered";
            if (promised.contains(name) && real.contains(name))
                compare(promised[name], real[name], path + "." + name, cut);
        }
    } else if (promised.is_array() && real.is_array()) {
        if (!cut) {
            EXPECT_EQ(promised.size(), real.size()) << path;
        }
        ASSERT_LE(promised.size(), real.size()) << path;
        for (std::size_t index = 0; index < promised.size(); ++index) {
            compare(promised[index], real[index], path + "[" + std::to_string(index) + "]", cut);
        }
    } else {
        EXPECT_EQ(promised, real) << path;
        EXPECT_EQ(promised.is_string(), real.is_string()) << path;
    }
}

bool is_answer(const Json& block) { return block.contains("success") || block.contains("poruka"); }

class WireTest : public ErpTest {
 protected:
    using Ask = std::function<Reply(const std::string&, const std::string&, const Json&)>;

    // Asks what the section says and compares every answer that it shows; gives how many it compared.
    int check(const Section& section, const Ask& ask) {
        SCOPED_TRACE(section.name);
        int compared = 0;
        Reply last;
        if (section.method == "GET" || section.method == "DELETE") last = ask(section.method, section.target, {});
        for (const Json& block : section.blocks) {
            EXPECT_FALSE(block.is_discarded());
            if (is_answer(block)) {
                compare(block, last.json, "$", section.cut);
                ++compared;
            } else {
                last = ask(section.method, section.target, block);
                EXPECT_LT(last.status, 300) << last.text;
                EXPECT_TRUE(last.json.value("success", last.json.value("status", 0) == 1)) << last.text;
            }
        }
        return compared;
    }
};

TEST_F(WireTest, EnglishExamplesAreWhatIsAnswered) {
    const Ask ask = [this](const std::string& method, const std::string& target, const Json& body) {
        const std::size_t type = target.find("{type}");
        if (type == std::string::npos) return english(method, target, body);
        const bool is_return = body["items"][0].contains("baseDocumentId");
        if (is_return) {
            EXPECT_EQ(post("invoice-delivery-note", "WC-10231", 3).json["data"]["id"], 55121);
        }
        return english(method, std::string{target}.replace(type, 6, is_return ? "return" : "reservation"), body);
    };
    int compared = 0;
    for (const Section& section : read_sections("sors-en")) {
        if (section.name == "Errors") continue;
        compared += check(section, ask);
    }
    EXPECT_EQ(compared, 10);
    const Reply cancelled = english("DELETE", "/api/documents/reservation/55120?database=Shop2026");
    EXPECT_EQ(cancelled.json["data"]["status"], "cancelled");
}

TEST_F(WireTest, SerbianExamplesAreWhatIsAnswered) {
    const Ask ask = [this](const std::string& method, const std::string& target, const Json& body) {
        return serbian(method, target, body);
    };
    int compared = 0;
    for (const Section& section : read_sections("sors-sr")) {
        if (section.name == "Errors") continue;
        compared += check(section, ask);
    }
    EXPECT_EQ(compared, 10);
    EXPECT_EQ(serbian("POST", "/Shop2026/dokumenti/55120/storno").json["podaci"]["stanjeDokumenta"], "S");
}

TEST_F(WireTest, ErrorExamplesAreWhatIsAnswered) {
    const Json english_body{{"businessUnitId", 1},
                            {"date", "2026-11-21"},
                            {"customerId", 881},
                            {"items", Json::array({{{"code", "A-999"}, {"quantity", 1}}})}};
    const Json serbian_body{{"vrsta", 3},
                            {"pj", 1},
                            {"datum", "21.11.2026"},
                            {"kupac", {{"sifra", "K-0881"}}},
                            {"stavke", Json::array({{{"sifra", "A-999"}, {"kolicina", "1"}}})}};
    compare(read_sections("sors-en").back().blocks.at(0),
            english("POST", "/api/documents/reservation?database=Shop2026", english_body).json, "$", false);
    compare(read_sections("sors-sr").back().blocks.at(0), serbian("POST", "/Shop2026/dokumenti", serbian_body).json,
            "$", false);
}

}  // namespace
}  // namespace sandbox::erp
