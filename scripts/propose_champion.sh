#!/usr/bin/env bash
# Opens a pull request for a champion that `make champion` has trained, with its card as the report.
# Needs GH_TOKEN and GITHUB_REPOSITORY, as jobs of GitHub have them.
set -euo pipefail
cd "$(dirname "$0")/.."

if git diff --quiet -- src/training/released; then
    echo "the champion is the one that is released"
    exit 0
fi
branch="champion-$(date -u +%Y%m%d-%H%M)"
title="Release a champion trained on $(date -u +%Y-%m-%d)"
git switch --create "$branch"
git -c user.name="dexwatch" -c user.email="dexwatch@users.noreply.github.com" \
    commit --quiet --message "$title" -- src/training/released docs
git push --quiet "https://x-access-token:$GH_TOKEN@github.com/$GITHUB_REPOSITORY.git" "$branch"
gh pr create --head "$branch" --title "$title" --body-file src/training/released/card.md
