"""Shows each rule in tidy.py a case that it must find, and one that it must let pass."""

import unittest

import edge_cases
import tidy

LAYERS = """
proto shopwire_proto:
common/core shopwire_core:
common/http shopwire_http: core
common/runtime shopwire_runtime: http proto
common/testing shopwire_testing: http
services/shop shopwire_shop: runtime core
services/erp shopwire_erp: runtime
tests/unit/services/shop shop_test: shop testing
tests/sandbox/shop sandbox_shop:
"""
HEADER = "// What it is for.\n#pragma once\n"


def find(path, text, **other):
    """The messages for one file among others."""
    files = {path: text, **other}
    if path.endswith(".cpp"):
        folder = path.rsplit("/", 1)[0]
        files.setdefault(f"{folder}/CMakeLists.txt", path.rsplit("/", 1)[1])
    problems = tidy.check_tree(sorted(files), files.__getitem__, tidy.Layers(LAYERS))
    return " | ".join(message for where, _, message in problems if where == path)


class Layers(unittest.TestCase):
    def test_a_room_includes_itself_and_its_deps(self):
        self.assertEqual(find("common/http/a.cpp", '#include "common/http/a.h"\n#include "common/core/error.h"\n#include <vector>\n'), "")
        self.assertIn("DEPS", find("common/core/a.cpp", '#include "common/http/a.h"\n'))

    def test_what_a_dep_includes_is_not_a_dep(self):
        self.assertIn("DEPS", find("services/erp/a.cpp", '#include "common/core/error.h"\n'))

    def test_a_test_includes_what_its_rooms_include(self):
        self.assertEqual(find("tests/unit/services/shop/a.cpp", '#include "common/core/error.h"\n#include "shopwire/x.pb.h"\n'), "")
        self.assertIn("DEPS", find("tests/unit/services/shop/a.cpp", '#include "services/erp/a.h"\n'))

    def test_generated_headers_need_proto(self):
        self.assertEqual(find("common/runtime/a.cpp", '#include "shopwire/events/v1/event.pb.h"\n'), "")
        self.assertIn("proto", find("common/http/a.cpp", '#include "shopwire/events/v1/event.pb.h"\n'))

    def test_an_include_is_the_path_from_the_top(self):
        self.assertIn("from the top", find("common/http/a.cpp", '#include "a.h"\n'))

    def test_a_file_of_no_target(self):
        self.assertIn("no target", find("common/lost/a.h", HEADER))


class Borders(unittest.TestCase):
    def test_a_service_includes_no_other(self):
        self.assertIn("no other service", find("services/shop/a.cpp", '#include "services/erp/a.h"\n'))
        self.assertEqual(find("services/shop/a.cpp", '#include "services/shop/a.h"\n'), "")

    def test_a_connector_has_one_way_out(self):
        self.assertIn("own_transport", find("services/shop/a.cpp", "x = http::curl_transport({});\n"))
        self.assertEqual(find("services/shop/a.cpp", "x = context.own_transport(options);\n"), "")

    def test_common_includes_no_service(self):
        self.assertIn("only services", find("common/http/a.cpp", '#include "services/erp/a.h"\n'))

    def test_the_product_includes_nothing_that_is_for_tests(self):
        self.assertIn("for tests", find("services/shop/a.cpp", '#include "common/testing/fake_clock.h"\n'))

    def test_the_sandbox_shares_nothing_with_the_product(self):
        self.assertIn("shares no code", find("tests/sandbox/shop/a.cpp", '#include "common/core/decimal.h"\n'))

    def test_a_third_party_stays_in_its_room(self):
        self.assertIn("common/kafka", find("services/shop/a.cpp", "#include <librdkafka/rdkafka.h>\n"))
        self.assertIn("only a .cpp", find("common/http/a.h", HEADER + "#include <nlohmann/json.hpp>\n"))
        self.assertEqual(find("common/http/a.cpp", "#include <curl/curl.h>\n"), "")
        self.assertIn("only a .cpp", find("common/http/a.h", HEADER + "#include <curl/curl.h>\n"))


class Words(unittest.TestCase):
    def test_common_names_no_system(self):
        for text in ("// as WooCommerce does\n", "int keycrm_id;\n", "// SORS\n", "class SorsClient;\n", "bool is_sors;\n"):
            self.assertIn("knows no system", find("common/http/a.cpp", text), text)
            self.assertIn("knows no system", find("tests/unit/common/a.cpp", text), text)
        self.assertEqual(find("common/http/a.cpp", "// sensors, processors and compressors\n"), "")
        self.assertEqual(find("services/shop/a.cpp", "// WooCommerce\n"), "")

    def test_leftovers(self):
        for text in ("// FIXME later\n", "// TODO(#1): more\n", "// enough for now\n"):
            self.assertIn("left over", find("common/http/a.cpp", text), text)

    def test_banners(self):
        self.assertIn("banner", find("common/http/a.cpp", "// ------- parsing\n"))
        self.assertIn("banner", find("deploy/local/a.sh", "# ==== parsing ====\n"))

    def test_paths_of_one_machine(self):
        self.assertIn("one machine", find("deploy/local/a.sh", "cd /" + "home/anna/shopwire\n"))
        self.assertEqual(find("deploy/local/a.sh", "cd $root/work/a; curl http://h/work/x\n"), "")


class Form(unittest.TestCase):
    def test_sizes(self):
        self.assertEqual(find("common/http/a.cpp", "\n" * tidy.FILE_LINES_MAX), "")
        self.assertIn("lines", find("common/http/a.cpp", "\n" * (tidy.FILE_LINES_MAX + 1)))
        self.assertEqual(find("common/http/a.cpp", "/" * tidy.LINE_LENGTH_MAX), "")
        self.assertIn("characters", find("common/http/a.cpp", "/" * (tidy.LINE_LENGTH_MAX + 1)))
        self.assertEqual(find("tests/unit/services/shop/a.cpp", '"' + "/" * tidy.LINE_LENGTH_MAX + '"'), "")

    def test_headers(self):
        self.assertEqual(find("common/http/a.h", HEADER), "")
        self.assertIn("opens with", find("common/http/a.h", "#pragma once\n"))
        self.assertIn("pragma", find("common/http/a.h", "// What it is for.\n"))

    def test_unit_tests_do_not_sleep_and_are_not_switched_off(self):
        self.assertIn("sleeps", find("tests/unit/services/shop/a.cpp", "std::this_thread::sleep_for(1s);\n"))
        self.assertIn("switched off", find("tests/unit/services/shop/a.cpp", "TEST(A, DISABLED_B) {}\n"))

    def test_build_files(self):
        self.assertIn("GLOB", find("common/http/CMakeLists.txt", "file(GLOB x *.cpp)\n"))
        self.assertIn("target_", find("common/http/CMakeLists.txt", "include_directories(x)\n"))

    def test_a_source_that_nothing_builds(self):
        self.assertIn("nothing builds it", find("common/http/a.cpp", "", **{"common/http/CMakeLists.txt": "aa.cpp b/a.cpp a.cpp2"}))
        self.assertEqual(find("common/http/sub/a.cpp", "", **{"common/http/sub/CMakeLists.txt": "", "common/http/CMakeLists.txt": "sub/a.cpp"}), "")

    def test_one_version_everywhere(self):
        def of(path, text):
            texts = {"CMakeLists.txt": "project(shopwire VERSION 1.2.3 LANGUAGES CXX)", path: text}
            return [message for _, _, message in tidy.check_versions(texts, texts.get)]
        for path, text in (("docker-compose.yml", 'image: "shopwire-cli:${SHOPWIRE_VERSION:-%s}"'), ("deploy/docker/Dockerfile", "ARG VERSION=%s"),
                           ("deploy/helm/shopwire/Chart.yaml", 'version: %s'), ("tests/deploy/compose.py", 'get("SHOPWIRE_VERSION", "%s")')):
            self.assertEqual([], of(path, text % "1.2.3"))
            self.assertEqual(["names version 1.2.2; CMakeLists.txt has 1.2.3"], of(path, text % "1.2.2"))
        self.assertIn("names no version", of("docker-compose.yml", "services:")[0])

    def test_the_top_level(self):
        self.assertIn("top level", find("src/a.py", ""))
        self.assertEqual(find(".ci/run", ""), "")


class EdgeCases(unittest.TestCase):
    TESTS = edge_cases.tests_in(["TEST(A, One) {\n}\nTEST_P(B,\n       Two) {\n", "// TEST(A, Three)\n"])

    def problems(self, *lines):
        rest = [f"{case} | A.One | what" for case in range(1, edge_cases.CASES + 1)]
        for line in lines:
            rest[int(line.split("|")[0]) - 1] = line
        return " | ".join(edge_cases.problems_of("# head\n\n" + "\n".join(rest), self.TESTS))

    def test_a_case_names_tests_that_exist(self):
        self.assertEqual(self.problems("7 | A.One B.Two | what"), "")
        self.assertIn("case 7: there is no test A.Three", self.problems("7 | A.One A.Three | what"))
        self.assertIn("names no test", self.problems("7 | | what"))

    def test_each_case_stands_there_once(self):
        self.assertIn("case 32 is missing", " ".join(edge_cases.problems_of("1 | A.One | what", self.TESTS)))
        self.assertIn("twice", " ".join(edge_cases.problems_of("1 | A.One | what\n1 | A.One | what", self.TESTS)))
        self.assertIn("expected NUMBER", " ".join(edge_cases.problems_of("one | A.One", self.TESTS)))
        self.assertIn("33 is not one of", " ".join(edge_cases.problems_of("33 | A.One | what", self.TESTS)))


if __name__ == "__main__":
    unittest.main()
