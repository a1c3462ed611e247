#include "services/keycrm/connector.h"

int main(int argc, char** argv) { return shopwire::runtime::run(argc, argv, shopwire::keycrm::spec()); }
