#include "tests/template/nordway/connector.h"

int main(int argc, char** argv) { return shopwire::runtime::run(argc, argv, shopwire::nordway::spec()); }
