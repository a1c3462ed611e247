// Goal: what `shopwire dialect` tells of Logistos is what its dialects do.
#include "services/logistos/kit.h"

#include "services/logistos/config.h"
#include "tests/unit/services/vocabulary_check.h"

namespace shopwire::logistos {
namespace {

TEST(Kit, EveryExampleIsTakenByEachDialect) { expect_examples_render(kit()); }

TEST(Kit, ADryRunMaySignInAndNothingElseByPost) {
    const auto reads = dialect_tools::reads_of(vocabulary());
    EXPECT_TRUE(reads({.method = "POST", .operation = "login"}));
    EXPECT_TRUE(reads({.method = "GET", .operation = "track_shipment"}));
    for (const char* operation :
         {"integrate_store", "disconnect_store", "export_order", "update_order", "cancel_order"})
        EXPECT_FALSE(reads({.method = "POST", .operation = operation})) << operation;
}

}  // namespace
}  // namespace shopwire::logistos
