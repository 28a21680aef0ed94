#!/usr/bin/env bash
# Builds one of our images, refuses it if it has a known hole that could be closed, and writes down
# what is in it (build/images/NAME.json, CycloneDX). With a second word pushes it under that name, with
# provenance and SBOM.
#
#   scripts/image.sh api|worker|ui|mlflow|ray|otel-collector [REGISTRY/NAME:TAG]
set -euo pipefail
cd "$(dirname "$0")/.."

image="$1" name="${2:-}"
mkdir -p build/images
case "$image" in
otel-collector) source=(otel-collector) ;;
*) source=(--target "$image" .) ;;
esac

trivy() {
    docker run --rm --volume /var/run/docker.sock:/var/run/docker.sock \
        --volume "$PWD/build/images:/images" aquasec/trivy:0.68.2 image "$@" "dexwatch-$image"
}

if [ -n "$name" ]; then
    # What is pushed is what was scanned: both come out of this builder's cache.
    docker buildx create --use --driver docker-container
fi
docker buildx build --load --tag "dexwatch-$image" "${source[@]}"
trivy --quiet --format cyclonedx --output "/images/$image.json"
trivy --quiet --ignore-unfixed --severity HIGH,CRITICAL --exit-code 1

if [ -n "$name" ]; then
    docker buildx build --push --provenance=mode=max --sbom=true --tag "$name" "${source[@]}"
fi
