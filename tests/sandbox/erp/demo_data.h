// The data that a fresh or reset database holds; WIRE.md and many tests show it.
#pragma once

#include "tests/sandbox/erp/database.h"

namespace sandbox::erp {

// Requires an empty database.
void fill_with_demo_data(Database& database);

// Adds `count` articles "L-000001"... with stock and prices, for load tests. Gives how many were added.
int add_generated_articles(Database& database, int count, Microseconds now);

}  // namespace sandbox::erp
